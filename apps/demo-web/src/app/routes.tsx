import { Navigate, type RouteObject } from 'react-router'
import { RequireConfig, RequireUser } from './guards.tsx'
import { Layout } from './layout.tsx'
import { NotFoundPage } from '../pages/not-found-page.tsx'
import { BrokenPage } from '../pages/broken-page.tsx'

export const routes: RouteObject[] = [
  {
    element: <Layout />,
    errorElement: <BrokenPage />,
    hydrateFallbackElement: <></>,
    children: [
      { index: true, element: <Navigate to="/devices" replace /> },
      { path: 'configure', lazy: async () => ({ Component: (await import('../pages/configure-page.tsx')).ConfigurePage }) },
      { path: 'log', lazy: async () => ({ Component: (await import('../pages/log-page.tsx')).LogPage }) },
      { path: 'about', lazy: async () => ({ Component: (await import('../pages/about-page.tsx')).AboutPage }) },
      {
        element: <RequireConfig />,
        children: [
          { path: 'sign-in', lazy: async () => ({ Component: (await import('../pages/sign-in-page.tsx')).SignInPage }) },
          { path: 'servers', lazy: async () => ({ Component: (await import('../pages/servers-page.tsx')).ServersPage }) },
          {
            element: <RequireUser />,
            children: [
              { path: 'devices', lazy: async () => ({ Component: (await import('../pages/devices-page.tsx')).DevicesPage }) },
              { path: 'devices/:id', lazy: async () => ({ Component: (await import('../pages/device-page.tsx')).DevicePage }) },
              { path: 'connect', lazy: async () => ({ Component: (await import('../pages/connect-page.tsx')).ConnectPage }) },
              { path: 'usage', lazy: async () => ({ Component: (await import('../pages/usage-page.tsx')).UsagePage }) },
            ],
          },
        ],
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]
