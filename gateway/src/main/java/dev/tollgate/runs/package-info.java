/**
 * Runs of trusted backends: a training run or an auto-tune session is held for by its estimate,
 * settled at what was trained, and given back when it failed; and what a run or a request would
 * hold, before anybody buys it.
 */
@NullMarked
package dev.tollgate.runs;

import org.jspecify.annotations.NullMarked;
