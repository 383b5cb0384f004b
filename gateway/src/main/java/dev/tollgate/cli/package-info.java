/** The one command, {@code tollgate}: a file per subcommand. */
@NullMarked
package dev.tollgate.cli;

import org.jspecify.annotations.NullMarked;
