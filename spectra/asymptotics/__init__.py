"""What mathematics predicts for losses: spectra, exponents, constants and curves. Never loads torch."""
