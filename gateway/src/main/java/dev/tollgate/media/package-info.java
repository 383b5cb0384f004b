/**
 * What is no text: forms with files in them, and how long audio is, told by its bytes as they pass.
 * Any cut of the bytes will do, and none are kept beyond a few.
 */
@NullMarked
package dev.tollgate.media;

import org.jspecify.annotations.NullMarked;
