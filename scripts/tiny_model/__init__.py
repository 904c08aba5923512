"""Makes the tiny checkpoint, `server/pixelwright/model/tiny/`: tokenizer, data, training and files."""
