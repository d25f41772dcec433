"""Where examples come from: the lectures' files, built-in ones, your own."""
