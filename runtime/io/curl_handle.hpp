// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <memory>
#include <mutex>

#include <curl/curl.h>

#include "runtime/base/check.hpp"

namespace aisle::io {

/// What libcurl needs once in a process. Ignores SIGPIPE, which a broken connection would otherwise
/// end the process with.
inline void prepare_curl() {
  static std::once_flag once;
  std::call_once(once, [] {
    base::check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl starts");
    std::signal(SIGPIPE, SIG_IGN);
  });
}

struct easy_deleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct list_deleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using easy_handle = std::unique_ptr<CURL, easy_deleter>;
using header_list = std::unique_ptr<curl_slist, list_deleter>;

/// A handle for requests.
inline easy_handle make_easy_handle() {
  prepare_curl();
  easy_handle made{curl_easy_init()};
  base::check(made != nullptr, "there is memory for a connection");
  return made;
}

template <class Value>
void set_option(const easy_handle& of, CURLoption option, Value value) {
  base::check(curl_easy_setopt(of.get(), option, value) == CURLE_OK,
              "libcurl knows what it is asked for");
}

/// What holds for every request: certificates are verified, redirects are not followed, no signals.
inline void set_house_rules(const easy_handle& of) {
  set_option(of, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(of, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(of, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(of, CURLOPT_SSL_VERIFYHOST, 2L);
  set_option(of, CURLOPT_NOSIGNAL, 1L);
}

}  // namespace aisle::io
