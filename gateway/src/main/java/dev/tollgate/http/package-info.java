/**
 * The HTTP server of the customer and the ops port: HTTP/1.1 and HTTP/2, framing, limits,
 * pipelining, TLS and routing on Netty. It hands each request to a {@link
 * dev.tollgate.http.Handler} and knows nothing of what that does. All of a connection happens on
 * one event loop.
 */
@NullMarked
package dev.tollgate.http;

import org.jspecify.annotations.NullMarked;
