/**
 * The two YAML files: read with their places, checked whole, held as one immutable snapshot, and
 * watched. Only this package knows YAML.
 */
@NullMarked
package dev.tollgate.config;

import org.jspecify.annotations.NullMarked;
