package dev.tollgate.metering;

/**
 * A change of a few bytes in a body that is otherwise passed on as it is.
 *
 * @param offset where, in bytes from the body's start
 * @param removedBytes how many bytes go
 * @param inserted what comes in their place
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Edit(int offset, int removedBytes, byte[] inserted) {}
