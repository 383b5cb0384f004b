package dev.tollgate.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

/** The watch sees every buffer that is left, and says who took it. */
class LeakWatchTest {
  @Test
  void bufferThatNobodyReleased_isFound_withWhoTookIt() {
    LeakWatch watch = new LeakWatch().open();
    takeOne();
    assertThatThrownBy(watch::close)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("LEAK")
        .hasMessageContaining("LeakWatchTest.takeOne");
  }

  /** In a frame of its own, which is gone when the collector looks. */
  private static void takeOne() {
    ByteBuf left = ByteBufAllocator.DEFAULT.directBuffer(64);
    left.writeByte(1);
  }

  @Test
  void buffersThatWereReleased_areNone() {
    LeakWatch watch = new LeakWatch().open();
    ByteBufAllocator.DEFAULT.directBuffer(64).release();
    assertThatCode(watch::close).doesNotThrowAnyException();
  }
}
