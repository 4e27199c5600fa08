// SPDX-License-Identifier: Apache-2.0
#include <new>

#include <zstd.h>
#include <zstd_errors.h>

#include "runtime/io/codec.hpp"

namespace aisle::io {
namespace {

class zstd final : public codec {
 public:
  zstd() : state_{ZSTD_createDCtx()} {
    if (state_ == nullptr) throw std::bad_alloc{};
  }
  zstd(const zstd&) = delete;
  zstd& operator=(const zstd&) = delete;
  ~zstd() override { ZSTD_freeDCtx(state_); }

  std::expected<progress, std::string> step(std::string_view in, std::span<char> out) override {
    if (in.empty() && frame_ended_) return progress{};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer into{out.data(), out.size(), 0};
    const auto left = ZSTD_decompressStream(state_, &into, &from);
    if (ZSTD_isError(left) != 0) {
      if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) throw std::bad_alloc{};
      return std::unexpected{ZSTD_getErrorName(left)};
    }
    frame_ended_ = left == 0;
    return progress{from.pos, into.pos};
  }

  bool may_end() const override { return frame_ended_; }

 private:
  ZSTD_DCtx* state_;
  bool frame_ended_ = false;
};

}  // namespace

std::unique_ptr<codec> make_zstd() { return std::make_unique<zstd>(); }

}  // namespace aisle::io
