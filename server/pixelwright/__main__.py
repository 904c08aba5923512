import sys

from pixelwright.cli import main

sys.exit(main())
