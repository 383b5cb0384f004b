/**
 * What tests of HTTP/1.1 share: messages read off a socket without any leniency of a library, a
 * scripted client, and a certificate of its own for TLS.
 */
@NullMarked
package dev.tollgate.testing;

import org.jspecify.annotations.NullMarked;
