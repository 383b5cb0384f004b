/**
 * The operator's door on the ops port: accounts, keys, credits, configuration, health and metrics.
 */
@NullMarked
package dev.tollgate.api.admin;

import org.jspecify.annotations.NullMarked;
