package dev.tollgate.proxy;

/**
 * Where a request may go.
 *
 * @param provider who serves it
 * @param model the name under which it knows the model; empty where requests name none
 */
public record Route(Provider provider, String model) {}
