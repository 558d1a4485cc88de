"""What is in a recording: sound levels and silence."""
