"""What is wrong with a set of photographs: copies, odd files, and labels that a network doubts."""
