"""From words to sound: how amounts, dates and codes are read in each language, and the prompts' files."""
