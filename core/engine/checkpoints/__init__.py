"""Understanding and vetting Hugging Face checkpoints before anything of them runs."""
