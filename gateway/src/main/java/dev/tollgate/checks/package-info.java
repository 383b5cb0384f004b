/** Asks providers whether they are well, unasked by a client and charged to nobody. */
@NullMarked
package dev.tollgate.checks;

import org.jspecify.annotations.NullMarked;
