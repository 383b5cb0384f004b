/**
 * The words of the product: money, usage, budgets, ids and refusals. Plain values without I/O or
 * threads; every other package speaks them and this one knows none of the others.
 */
@NullMarked
package dev.tollgate.domain;

import org.jspecify.annotations.NullMarked;
