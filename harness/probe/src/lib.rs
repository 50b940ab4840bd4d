//! Protocol clients over a Dial: a connection opened from inside the stack's network.
