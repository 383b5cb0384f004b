package dev.tollgate.frames;

/**
 * How much one side of a WebSocket may send at a time.
 *
 * @param frameBytesMax the payload of one frame, which is held in memory until it is whole
 * @param messageBytesMax of all frames of one message together
 * @param closeMillisMax how long the other end may take to answer a close, before the connection is
 *     closed all the same
 */
public record FrameBounds(int frameBytesMax, long messageBytesMax, int closeMillisMax) {}
