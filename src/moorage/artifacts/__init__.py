"""What a pushed thing is: one module a kind. Pure: bytes in, a frozen description out."""
