/** Hand wiring, and the order of start and stop. */
@NullMarked
package dev.tollgate.app;

import org.jspecify.annotations.NullMarked;
