/** Holds what a gateway answers against docs/openapi.yaml. */
@NullMarked
package dev.tollgate.openapi;

import org.jspecify.annotations.NullMarked;
