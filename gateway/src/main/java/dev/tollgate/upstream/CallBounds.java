package dev.tollgate.upstream;

/**
 * How long one call may take.
 *
 * @param connectMillisMax for the connection and its TLS handshake
 * @param firstByteMillisMax from the request's last byte to the answer's head
 * @param idleMillisMax without a byte in the middle of an answer
 * @param totalMillisMax for the whole call
 */
public record CallBounds(
    int connectMillisMax, int firstByteMillisMax, int idleMillisMax, long totalMillisMax) {}
