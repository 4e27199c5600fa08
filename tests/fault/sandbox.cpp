// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/sandbox.hpp"

#include <doctest/doctest.h>

namespace aisle::fault {

using e2e::strings;

namespace {

strings joined(strings first, const strings& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

strings mounted(const std::string& script, const strings& command) {
  return joined({"unshare", "-rm", "sh", "-ec", script + "\nexec \"$@\"", "sh"}, command);
}

strings traced(const std::string& what, const std::string& file, const strings& command) {
  // A process that is traced cannot look for leaks: LeakSanitizer traces itself, and gives up.
  return joined({"strace", "-f", "-qq", "-o", "/dev/null", "-E", "ASAN_OPTIONS=detect_leaks=0",
                 "-P", file, "-e", "inject=" + what},
                command);
}

}  // namespace

std::optional<strings> with_own_mounts(const std::string& script, const strings& command) {
  static const bool allowed =
      e2e::run(mounted("mount -t tmpfs none /mnt; mount -o remount,ro,bind /mnt", {"true"})).code ==
      0;
  if (allowed) return mounted(script, command);
  say_skipped("mounts of one's own are not allowed here (unshare -rm)");
  return std::nullopt;
}

std::optional<strings> with_injected(const std::string& what, const std::filesystem::path& file,
                                     const strings& command) {
  static const bool allowed =
      e2e::run(traced("fdatasync:error=EIO", "/dev/null", {"true"})).code == 0;
  if (allowed) return traced(what, file.string(), command);
  say_skipped("strace is not here, or may not trace");
  return std::nullopt;
}

void say_skipped(const std::string& why) { MESSAGE("SKIPPED: " << why); }

}  // namespace aisle::fault
