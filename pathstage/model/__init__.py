"""PreparedText → classes: the frozen base, the LoRA adapter and the parallel heads."""
