"""Running BERT-like encoders on a CPU; torch is imported when a module here is first used."""
