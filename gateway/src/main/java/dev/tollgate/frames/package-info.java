/** WebSocket frames on a channel that has left HTTP: one side of a relay, and its bounds. */
@NullMarked
package dev.tollgate.frames;

import org.jspecify.annotations.NullMarked;
