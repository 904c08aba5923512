"""The shared process: one per user, protocol and build. It queues jobs and has readers run them."""
