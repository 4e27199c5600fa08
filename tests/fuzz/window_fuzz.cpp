// SPDX-License-Identifier: Apache-2.0
// Any bytes as the saved state of a window: refused, or a state that takes events and timers and
// can be saved and loaded again; any text as an aggregate: taken apart, or refused with a place
// inside it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/window/window.hpp"
#include "tests/support/rows.hpp"

using namespace aisle;
using base::value;
using namespace std::chrono_literals;

namespace {

const expr::scope& names() {
  using base::kind;
  static const expr::scope all{{{"i", {0, 0, {kind::integer}}},
                                {"x", {0, 1, {kind::number}}},
                                {"s", {0, 2, {kind::string}}}}};
  return all;
}

std::vector<window::aggregate> everything() {
  std::vector<window::aggregate> all;
  for (const std::string_view text :
       {"count()", "sum(i)", "sum(x)", "stddev(x)", "quantile(x, 0.9)", "min(s)", "max(x)",
        "first(s)", "last(i)"}) {
    const auto parsed = window::parse_aggregate(text);
    window::aggregate a{std::string{text}, parsed->function, {}, parsed->q};
    if (!parsed->of.empty()) {
      a.of.emplace();
      a.of->by_stream.emplace_back(std::move(*expr::compile(parsed->of, names())));
    }
    all.push_back(std::move(a));
  }
  return all;
}

class sink final : public entity::context {
 public:
  [[nodiscard]] base::event_time now() const override { return {}; }
  [[nodiscard]] std::span<const expr::row_ref> rows() const override { return {}; }
  [[nodiscard]] std::optional<base::event_time> ended_at() const override { return {}; }
  [[nodiscard]] std::string_view key() const override { return {}; }
  [[nodiscard]] const void* input_state(std::size_t) const override { return nullptr; }
  void emit(const entity::decision&) override {}
  void emit(const entity::window_result& r) override {
    for (const auto& v : r.values) {
      base::append_json(json, v.value);
    }
  }
  void emit(const entity::report&) override {}

  std::string json;
};

/// The state of one behaviour.
class holder {
 public:
  explicit holder(const entity::behaviour& of)
      : of_{of}, memory_{std::make_unique<std::byte[]>(of.state_shape().size)} {
    of_.create(memory_.get());
  }
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  ~holder() { of_.destroy(memory_.get()); }

  bool load(std::string_view bytes) {
    base::unpacker from{bytes};
    of_.load(memory_.get(), of_.version(), from);
    return from.done();
  }
  std::string saved() const {
    std::string bytes;
    base::packer to{bytes};
    of_.save(memory_.get(), to);
    return bytes;
  }
  void live() {
    sink out;
    const support::row row{{value::of(std::int64_t{7}), value::of(1e300), value::of("text")}};
    const std::array<expr::row_ref, 1> rows{row.ref()};
    record::event_head head{};
    head.at = base::event_time{1'295'308'800'000ms};
    head.seen = head.at + 6min;
    of_.on_event(memory_.get(), {&head, 0, rows}, out);
    for (int timers = 0; timers < 8 && of_.due(memory_.get()) < base::end_of_time; ++timers) {
      const auto now = of_.due(memory_.get());
      of_.on_timer(memory_.get(), out);
      base::check(of_.due(memory_.get()) > now, "a timer is later than the one before");
    }
  }

 private:
  const entity::behaviour& of_;
  std::unique_ptr<std::byte[]> memory_;
};

void try_state(const entity::behaviour& of, std::string_view bytes) {
  holder h{of};
  if (!h.load(bytes)) {
    return;
  }
  holder again{of};
  base::check(again.load(h.saved()), "what was saved loads");
  base::check(again.saved() == h.saved(), "and is saved as the same bytes");
  h.live();
  base::check(again.load(h.saved()), "so it is after more events");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto tumbling =
      window::make_window({"w", window::kind::tumbling, 5min, 0ms, 2min, everything()});
  static const auto sliding =
      window::make_window({"w", window::kind::sliding, 10min, 1min, 2min, everything()});
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 3) {
    case 0:
      try_state(*tumbling, bytes);
      break;
    case 1:
      try_state(*sliding, bytes);
      break;
    default:
      if (const auto parsed = window::parse_aggregate(bytes)) {
        base::check(parsed->of_begin + parsed->of.size() <= bytes.size(), "a part of the text");
      } else {
        base::check(parsed.error().end <= bytes.size(), "a diagnostic lies in the text");
      }
  }
  return 0;
}
