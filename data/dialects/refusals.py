"""What both databases say of values that one of them cannot keep."""

NUL_REFUSED = "A text contains a NUL character (0x00), which cannot be stored. Remove it."
NUMBER_REFUSED = "A number is too large or too small to be stored."
TOO_LONG = "A text is longer than its field allows. Shorten it."
BROKEN_TEXT = "A text contains half a character (a lone surrogate), which cannot be stored."
SAME_MOMENT = "Not saved: somebody changed the same thing at the same moment. Try again."
