"""Every error and warning of the package: where it begins, what it says, and a test in which it is said."""
