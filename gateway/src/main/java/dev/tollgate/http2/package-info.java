/**
 * What HTTP/2 needs on both sides, towards clients and towards providers: counting what a peer
 * sends to keep us busy, and headers as fields. Netty has the protocol itself.
 */
@NullMarked
package dev.tollgate.http2;

import org.jspecify.annotations.NullMarked;
