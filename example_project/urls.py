"""The example project's addresses."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from . import pages, sign_in

urlpatterns = [
    path("", pages.home, name="home"),
    path("tv/", pages.tv, name="tv"),
    path("phone/", sign_in.NumberView.as_view(), name="phone"),
    path("phone/code/", sign_in.CodeView.as_view(), name="phone-code"),
    path("sign-out/", LogoutView.as_view(next_page="home"), name="sign-out"),
    path("inbox/", pages.inbox, name="inbox"),
    path("account/", pages.account, name="account"),
    path("admin/", admin.site.urls),
    path("", include("loginradius_passwordless.urls")),
]
