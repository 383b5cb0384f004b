package dev.tollgate.dialect;

/**
 * A file that is brought to a provider.
 *
 * @param purpose in the client's words
 * @param bytes of its content
 * @param batch what it asks for, taken as the input of a batch
 */
public record Upload(String purpose, long bytes, BatchLines batch) {}
