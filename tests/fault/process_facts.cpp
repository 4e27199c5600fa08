// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/process_facts.hpp"

#include <fstream>
#include <string>

#include <unistd.h>

namespace aisle::fault {
namespace fs = std::filesystem;
namespace {

fs::path folder_of(int process) { return "/proc/" + std::to_string(process); }

std::uint64_t number_behind(const fs::path& file, const std::string& word) {
  std::ifstream lines{file};
  for (std::string found; lines >> found;) {
    std::uint64_t number = 0;
    if (found == word && lines >> number) return number;
  }
  return 0;
}

}  // namespace

process_facts facts_of(int process) {
  constexpr int user_time = 14;
  constexpr std::uint64_t ms_per_s = 1000;
  const auto ticks_per_s = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  process_facts made;
  made.resident_bytes = number_behind(folder_of(process) / "status", "VmRSS:") * 1024;
  std::ifstream stat{folder_of(process) / "stat"};
  std::string word;
  // The second is the program's name, in brackets and without a blank.
  for (int i = 1; i < user_time; ++i)
    stat >> word;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  stat >> user >> system;
  made.busy_ms = (user + system) * ms_per_s / ticks_per_s;
  return made;
}

std::uint64_t bytes_read_below(int process, const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code gone;
  for (const auto& open : fs::directory_iterator{folder_of(process) / "fd", gone}) {
    const auto file = fs::read_symlink(open.path(), gone);
    if (gone || file.parent_path() != folder) continue;
    bytes += number_behind(folder_of(process) / "fdinfo" / open.path().filename(), "pos:");
  }
  return bytes;
}

}  // namespace aisle::fault
