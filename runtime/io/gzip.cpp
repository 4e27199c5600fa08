// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

#include "runtime/io/codec.hpp"

namespace aisle::io {
namespace {

// 32 KiB of window, and gzip's header and trailer (zlib.h, inflateInit2).
constexpr int gzip_window = 15 + 16;

uInt clamp(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class gzip final : public codec {
 public:
  gzip() {
    if (inflateInit2(&state_, gzip_window) != Z_OK) throw std::bad_alloc{};
  }
  gzip(const gzip&) = delete;
  gzip& operator=(const gzip&) = delete;
  ~gzip() override { inflateEnd(&state_); }

  std::expected<progress, std::string> step(std::string_view in, std::span<char> out) override {
    if (where_ == place::behind_member && !in.empty()) {
      where_ = in.front() == '\0' ? place::padding : place::in_member;
      if (where_ == place::in_member) inflateReset(&state_);
    }
    if (where_ == place::padding) return skip_padding(in);
    if (where_ == place::behind_member) return progress{};
    return inflate_some(in, out);
  }

  bool may_end() const override { return where_ != place::in_member; }

 private:
  enum class place { in_member, behind_member, padding };

  static std::expected<progress, std::string> skip_padding(std::string_view in) {
    if (in.find_first_not_of('\0') != std::string_view::npos) {
      return std::unexpected{"other bytes behind the zeros that follow the gzip data"};
    }
    return progress{in.size(), 0};
  }

  std::expected<progress, std::string> inflate_some(std::string_view in, std::span<char> out) {
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    state_.avail_in = clamp(in.size());
    state_.next_out = reinterpret_cast<Bytef*>(out.data());
    state_.avail_out = clamp(out.size());
    const int code = inflate(&state_, Z_NO_FLUSH);
    const progress made{clamp(in.size()) - state_.avail_in, clamp(out.size()) - state_.avail_out};
    if (code == Z_MEM_ERROR) throw std::bad_alloc{};
    if (code == Z_STREAM_END) where_ = place::behind_member;
    // Z_BUF_ERROR only says that there was nothing to do. What came before damage is delivered
    // first; inflate repeats its verdict at the next step.
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR || made.produced > 0)
      return made;
    return std::unexpected{state_.msg != nullptr ? std::string{state_.msg} : "no gzip data"};
  }

  z_stream state_{};
  place where_ = place::in_member;
};

}  // namespace

std::unique_ptr<codec> make_gzip() { return std::make_unique<gzip>(); }

}  // namespace aisle::io
