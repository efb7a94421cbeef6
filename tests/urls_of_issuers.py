"""APIs of a site's own, each behind the authentication that comes with one issuer of access tokens, or behind ours."""

from django.urls import include, path
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from loginradius_passwordless.authentication import AccessTokenAuthentication


class OfTheShop(AccessTokenAuthentication):
    realm = "orders"
    applications = ["shop-key-0001"]


class OfNobody(AccessTokenAuthentication):
    applications = []


class Orders(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"user": request.user.pk, "auth": repr(request.auth)})


def protected_by(authentication):
    return Orders.as_view(authentication_classes=[authentication])


urlpatterns = [
    path("orders/", protected_by(AccessTokenAuthentication)),
    path("orders/of-the-shop/", protected_by(OfTheShop)),
    path("orders/of-nobody/", protected_by(OfNobody)),
    path("orders/knox/", protected_by(KnoxAuthentication)),
    path("orders/authtoken/", protected_by(TokenAuthentication)),
    path("orders/simplejwt/", protected_by(JWTAuthentication)),
    path("orders/session/", protected_by(SessionAuthentication)),
    path("", include("example_project.urls")),
]
