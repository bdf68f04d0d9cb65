"""Speech as numbers: waveforms, mel spectrograms, pitch, voices."""
