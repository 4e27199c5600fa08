// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/webhooks.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "runtime/io/webhook_letters.hpp"

namespace aisle::tool {
namespace {

std::int64_t lines_of(const std::filesystem::path& file) {
  std::ifstream bytes{file, std::ios::binary};
  using each = std::istreambuf_iterator<char>;
  return std::count(each{bytes}, each{}, '\n');
}

}  // namespace

void tell_webhooks_off(const std::vector<topology::planned_sink>& sinks) {
  for (const auto& sink : sinks) {
    if (sink.webhook && sink.webhook->url.empty()) {
      fmt::print(stderr, "aisle: sink {} is off: the url of its webhook is empty\n", sink.name);
    }
  }
}

void tell_undelivered(const std::vector<topology::planned_sink>& sinks,
                      const std::filesystem::path& out) {
  for (const auto& sink : sinks) {
    const auto file = out / sink.folder / io::undelivered_name(base::lane_id{0});
    const auto lines = sink.webhook ? lines_of(file) : 0;
    if (lines > 0) {
      fmt::print(stderr, "Sink {} could not post {} record{}; {} has them, each with the reason\n",
                 sink.name, lines, lines == 1 ? "" : "s", file.string());
    }
  }
}

}  // namespace aisle::tool
