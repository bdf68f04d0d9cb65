"""Networks of the speech-to-landmark stage, one a file. They know tensors only."""
