/** What measurements are taken with: a provider too fast to be in the way. */
@NullMarked
package dev.tollgate.bench;

import org.jspecify.annotations.NullMarked;
