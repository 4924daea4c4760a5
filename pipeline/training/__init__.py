"""What trainings have in common, whatever they train: checkpoints, steps, telemetry, processes."""
