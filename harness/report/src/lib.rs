//! Turns events into junit, markdown, json and progress; pure except the final write.
