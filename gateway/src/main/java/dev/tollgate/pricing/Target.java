package dev.tollgate.pricing;

/**
 * Who serves a model, and under which name.
 *
 * @param provider its name in {@code gateway.yaml}
 * @param model what that provider calls it
 */
public record Target(String provider, String model) {}
