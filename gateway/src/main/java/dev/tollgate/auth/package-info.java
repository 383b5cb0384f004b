/**
 * Who is calling: bearer keys, looked up by their SHA-256, cached. What a key may do is decided in
 * the ledger's hold, from live state, not here.
 */
@NullMarked
package dev.tollgate.auth;

import org.jspecify.annotations.NullMarked;
