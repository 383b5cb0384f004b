/**
 * What paying has in common, whatever is paid for: the place where event loops leave what blocks.
 */
@NullMarked
package dev.tollgate.billing;

import org.jspecify.annotations.NullMarked;
