"""Everything in a browser: sign-in, desks, wallboards, administration."""
