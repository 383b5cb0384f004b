/** Prometheus: listeners that turn what the engine announces into meters. */
@NullMarked
package dev.tollgate.metrics;

import org.jspecify.annotations.NullMarked;
