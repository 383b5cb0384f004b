package dev.tollgate.billing.payment;

/**
 * An answer that is kept, to be given again.
 *
 * @param status of HTTP
 * @param json its body
 */
public record Document(int status, String json) {}
