/**
 * Calls to model providers: per event loop, a pool of kept-alive connections to each, with bounds
 * on connections, waiting and time; and how well each of them does. It speaks HTTP and knows
 * nothing of tokens or money.
 */
@NullMarked
package dev.tollgate.upstream;

import org.jspecify.annotations.NullMarked;
