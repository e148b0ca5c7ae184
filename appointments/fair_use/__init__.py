"""Fair use: who holds much, books twice, or misses visits, so that times serve all."""
