/**
 * The purchase: {@link dev.tollgate.proxy.Exchange} quotes, holds, delivers and settles one request
 * and is the table of contents of the product.
 */
@NullMarked
package dev.tollgate.proxy;

import org.jspecify.annotations.NullMarked;
